'use client'
import { Signer } from 'eko-eps/signer'
import { useEffect } from 'react'

export default function Page() {
  useEffect(() => {
    const signer = new Signer({ accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE', silenceBrowserWarning: true })
    console.log(JSON.stringify({ seen: signer.sign(1_700_000_000_000) }))
  })
  return <main>signer</main>
}
