// What holds for every call there is, so that a new one cannot be laxer. Compiled only.
import type { MoneyOp, Op, Ops } from 'eko-eps'

type Params<O extends Op> = Ops[O]['params']
type Outcome<O extends Op> = Ops[O]['outcome']
type Tag<O extends Op> = Outcome<O>['outcome']
/** Takes nothing but nothing: what it is given names the calls at fault. */
type None<T extends never> = T
type IsAny<T> = 0 extends 1 & T ? true : false
/** The paths at which something says `any`. */
type AnyIn<T, Path extends string = ''> =
  IsAny<T> extends true
    ? Path
    : T extends (...given: never[]) => unknown
      ? never
      : T extends object
        ? { [K in keyof T & string]-?: AnyIn<T[K], `${Path}.${K}`> }[keyof T & string]
        : never

type Debit = 'settled' | 'declined' | 'pending' | 'refundPending' | 'refunded' | 'notSent' | 'indeterminate'
type Lax = { [O in Op]: Partial<Params<O>> extends Params<O> ? O : never }[Op]
type Open = { [O in Op]: string extends Tag<O> ? O : never }[Op]
type WithoutOther = { [O in Exclude<Op, MoneyOp>]: 'other' extends Tag<O> ? never : O }[Exclude<Op, MoneyOp>]
type OtherDebit = { [O in MoneyOp]: [Tag<O>, Debit] extends [Debit, Tag<O>] ? never : O }[MoneyOp]

/** Calls that need nothing, or one of two parameters, beside the options of the client. */
type NeedsNothing =
  | 'aepsOnboarding.getShopTypes'
  | 'aepsOnboarding.getStates'
  | 'aepsSettlement.getAccounts'
  | 'agents.getAgentServices'
  | 'agents.getAllServices'
  | 'banks.getBanks'
  | 'bbps.getCategories'
  | 'bbps.getDistricts'
  | 'bbps.getLocations'
  | 'bbps.getOperators'
  | 'cms.activateService'
  | 'getTransaction'
  | 'qr.getTransaction'

export function everyOtherCallAsksForSomething(none: None<Exclude<Lax, NeedsNothing>>): never {
  return none
}

export function everyOutcomeIsOneOfAList(none: None<Open>): never {
  return none
}

export function everyReadAndStepHasAnswersNobodyKnowsYet(none: None<WithoutOther>): never {
  return none
}

export function everyDebitEndsInOneOfSeven(none: None<OtherDebit>): never {
  return none
}

export function nothingIsAny(none: None<AnyIn<Params<Op>> | AnyIn<Outcome<Op>>>): never {
  return none
}

// That the checks find something:
// @ts-expect-error any is found, deep down
export type Found = None<AnyIn<{ a: { b: ReturnType<typeof JSON.parse> } }>>
// @ts-expect-error what is not empty is refused
export type Refused = None<'getCustomer'>
