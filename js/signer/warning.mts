// Warns about an access key in a web page, because all visitors of the page can read it. The warning is printed once,
// and only in pages and their workers.

let said: boolean | undefined

/**
 * Prints the warning in a web page or in a worker of a page. A page that Node simulates, as in tests, gets no warning.
 */
export function warnInBrowsers(): void {
  const realm = globalThis as { process?: { versions?: { node?: string } } }
  if (said || !('document' in realm || 'importScripts' in realm) || realm.process?.versions?.node) return
  said = true
  console.warn(
    'eko-eps: visitors can read the access key in this page: sign on a server, or pass silenceBrowserWarning if you trust them',
  )
}
