/** Of the whole project: the packages are released together. */
export const VERSION = '0.1.0';
