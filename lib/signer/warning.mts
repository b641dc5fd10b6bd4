// A key in a page is known to all its visitors. The warning is printed once, and only in pages and their workers.

let said: boolean | undefined

/** Warns in a browser's page or worker. A page that is imitated inside Node, as for tests, does not count. */
export function warnInBrowsers(): void {
  const realm = globalThis as { process?: { versions?: { node?: string } } }
  if (said || !('document' in realm || 'importScripts' in realm) || realm.process?.versions?.node) return
  said = true
  console.warn(
    'eko-eps: an access key in a public page is a leaked key: sign on a server, or pass silenceBrowserWarning if only you can open it',
  )
}
