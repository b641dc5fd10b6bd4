// A key in a page is everybody's key. Said once, where pages are.

let said: boolean | undefined

/** Warns in a browser's page or worker. A page that is imitated inside Node, as for tests, is none. */
export function warnInBrowsers(): void {
  const realm = globalThis as { process?: { versions?: { node?: string } } }
  if (said || !('document' in realm || 'importScripts' in realm) || realm.process?.versions?.node) return
  said = true
  console.warn(
    'eko-eps: an access key in a public page is a leaked key: sign on a server, or pass silenceBrowserWarning if only you can open it',
  )
}
