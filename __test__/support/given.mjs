// Declarations of the names that the examples of each page use without declaring them.

/** Here each variable of the environment is declared as set, so that examples in JavaScript need no check. */
const ENVIRONMENT = 'declare const process: { env: Record<string, string> }'
const KEYS = `
declare const accessKey: string
declare const developerKey: string
declare const url: string`

export const GIVEN = {
  'README.md': `${ENVIRONMENT}${KEYS}
import { EkoClient } from 'eko-eps'
declare const eko: import('eko-eps').EkoClient
declare const customerId: string
declare const recipientId: string
declare const otp: string
declare const otpRefId: string
declare const clientRefId: string
declare function book(tid: string | undefined): string
declare function tell(error: Error | undefined): string
declare function release(): string
declare function askForRefundOtp(tid: string | undefined): string
declare function waitFor(reference: string): string`,
  'docs/guides/doctor.md': `${KEYS}
declare const value: string`,
  'docs/guides/money.md': `${ENVIRONMENT}
import type { DmtTransferOutcome, DmtTransferParams, EkoClient as TheClient, EkoClientOptions, JournalEntry, JournalRow, MoneyOutcome } from 'eko-eps'
declare const recipientId: string
declare const customerId: string
declare const otp: string
declare const keys: Pick<EkoClientOptions, 'developerKey' | 'accessKeyFile' | 'initiatorId'> & { developerKey: string }
declare const eko: TheClient
declare const result: DmtTransferOutcome
declare const payment: DmtTransferParams & { clientRefId: string }
declare function handle(outcome: DmtTransferOutcome): Promise<void>
declare const spent: JournalEntry
declare const one: JournalEntry
declare const other: JournalEntry
declare const payments: {
  finish(reference: string, state: MoneyOutcome['outcome'], tid: string | undefined): Promise<void>
  inProgress(reference: string): Promise<void>
}
declare function page(text: string): void
declare function book(tid: string | undefined): string
declare function tryAgain(error: Error | undefined): string
declare function fail(reason: unknown): string
declare function askForRefundOtp(tid: string | undefined): string
declare function replace(reference: string): string
declare function inProgress(reference: string): string
declare const express: { text(options: { type: string }): unknown }
declare const app: {
  post(path: string, parser: unknown, handler: (request: { body: string }, response: { sendStatus(status: number): void }) => void): void
}`,
  'docs/evidence/runtimes.md': '',
  'docs/guides/sandbox.md': `
declare const sandbox: import('eko-eps/sandbox').Sandbox
declare const debit: Parameters<import('eko-eps').EkoClient['dmt']['transfer']>[0]
declare const order: unique symbol
declare function payOut(given: typeof order): Promise<void>`,
  'docs/guides/signer.md': KEYS,
}
