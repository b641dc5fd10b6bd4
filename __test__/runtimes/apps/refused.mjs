// The import must fail, so the second line must not run.
import { EkoClient } from 'eko-eps'

throw new Error(`the client was imported: ${typeof EkoClient}`)
