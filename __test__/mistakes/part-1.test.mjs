import { part } from './random.mjs'

part(0, 2)
