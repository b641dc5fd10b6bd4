// Tests of which parts of an access key are in the memory of a process, as another process or a core dump sees it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const KEY = 'canary-access-key-in-memory-83b1c5'
const program = fileURLToPath(new URL('./support/memory.mjs', import.meta.url))
const CHUNK = 1 << 20

/** Says whether one of the needles is in memory that the process can write to. */
function holds(pid, needles) {
  const overlap = Math.max(...needles.map((needle) => needle.length))
  const memory = openSync(`/proc/${pid}/mem`)
  const chunk = Buffer.alloc(CHUNK + overlap)
  let read = 0
  let found = false
  for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
    if (from === undefined || /\[v/.test(line)) continue
    const end = BigInt(`0x${to}`)
    for (let at = BigInt(`0x${from}`); at < end; at += BigInt(CHUNK)) {
      const length = Number(end - at < chunk.length ? end - at : BigInt(chunk.length))
      const bytes = chunk.subarray(0, readSync(memory, chunk, 0, length, at))
      read += bytes.length
      found ||= needles.some((needle) => bytes.includes(needle))
    }
  }
  closeSync(memory)
  assert.ok(read > 10 * CHUNK, 'it was read')
  return found
}

async function keyInMemory(context) {
  const folder = mkdtempSync(join(tmpdir(), 'eko-eps-memory-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'key')
  writeFileSync(file, `${KEY}\n`)
  const needles = [Buffer.from(KEY), Buffer.from(Buffer.from(KEY).toString('base64'))]
  const seen = {}
  for (const how of ['file', 'text']) {
    const child = spawn(process.execPath, [program, how, file], { stdio: ['pipe', 'pipe', 'inherit'] })
    context.after(() => child.kill('SIGKILL'))
    for await (const state of createInterface({ input: child.stdout })) {
      seen[`${how}, ${state}`] = holds(child.pid, needles)
      child.stdin.write('go on\n')
    }
  }
  assert.deepEqual(seen, { 'file, open': false, 'file, closed': false, 'text, open': true, 'text, closed': true })
}

// Only on Linux can a process read another one's memory in this way.
if (process.platform === 'linux') test('only a key given as text is found in process memory', keyInMemory)
