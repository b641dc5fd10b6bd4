// Every entry of the package, as a project finds it whose TypeScript does not read `exports` (`moduleResolution: node10`).
import { EkoClient } from 'eko-eps'
import { diagnose } from 'eko-eps/doctor'
import { PostgresStore } from 'eko-eps/postgres'
import { Sandbox } from 'eko-eps/sandbox'
import { Signer } from 'eko-eps/signer'
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'

export const entries = [EkoClient, Sandbox, PostgresStore, Signer, WebCryptoSigner, diagnose]
