/** An address as people may see it: without a password, a token or a key. */
export const shownUrl = (url: string): string =>
  url
    .replace(/\/\/[^/]*@/, '//***@')
    .replace(/([?&][^=&]*(?:token|secret|password|key)[^=&]*=)[^&]*/gi, '$1***');
