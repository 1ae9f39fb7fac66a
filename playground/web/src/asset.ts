// Where the page's files are. A host that writes the page itself, such as a webview, says so in its `head`:
// <meta name="plimsoll-assets" content="https://…/">

/** The address of a file beside the page. */
export function asset(name: string): URL {
  const told = document.querySelector<HTMLMetaElement>('meta[name="plimsoll-assets"]')?.content;
  return new URL(name, told ?? document.baseURI);
}
