// Must not get to its second line.
import { EkoClient } from 'eko-eps'

throw new Error(`the client was imported: ${typeof EkoClient}`)
