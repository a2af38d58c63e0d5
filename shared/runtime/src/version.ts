/** Of the whole project: the packages are released together. */
export const ATS_VERSION = '0.1.0';
