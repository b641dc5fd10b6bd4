import { part } from './random.mjs'

part(1, 2)
