// All mutants (deliberate faults in the source). Each has the rule that it breaks, the expression in the source
// (between ⟦ and ⟧, in a text that occurs once in its file) or the name of a constant, the replacement, and the test
// that must fail.

import * as beside from './beside.mjs'
import * as contradicts from './contradicts.mjs'
import * as ends from './ends.mjs'
import * as follows from './follows.mjs'
import * as lasting from './lasting.mjs'
import * as mayBe from './may_be.mjs'
import * as noWork from './no_work.mjs'
import * as numbersClock from './numbers_clock.mjs'
import * as numbersJournal from './numbers_journal.mjs'
import * as numbersMoney from './numbers_money.mjs'
import * as numbersWire from './numbers_wire.mjs'
import * as proofs from './proofs.mjs'
import * as rooms from './rooms.mjs'
import * as rows from './rows.mjs'
import * as says from './says.mjs'
import * as schedule from './schedule.mjs'
import * as sign from './sign.mjs'
import * as view from './view.mjs'

const PARTS = [
  contradicts,
  says,
  noWork,
  mayBe,
  follows,
  ends,
  proofs,
  lasting,
  view,
  schedule,
  rooms,
  rows,
  beside,
  sign,
  numbersMoney,
  numbersJournal,
  numbersClock,
  numbersWire,
]

/** Mutants by source file, with the tests that must catch them. */
export const ROOMS = PARTS.flatMap((part) => Object.values(part))
