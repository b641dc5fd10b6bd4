/* global addEventListener */
import { diagnose } from 'eko-eps/doctor'
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'
import { run } from './entries-suite.mjs'
import vectors from './vectors.json'

const answer = async () => new Response(JSON.stringify(await run({ WebCryptoSigner, diagnose, vectors })))
addEventListener('fetch', (event) => event.respondWith(answer()))
