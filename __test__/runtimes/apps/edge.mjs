/* global addEventListener */
import { Signer } from 'eko-eps/signer'
import { run } from './suite.mjs'
import vectors from './vectors.json'

addEventListener('fetch', (event) => {
  event.respondWith(new Response(JSON.stringify(run({ Signer, vectors }))))
})
