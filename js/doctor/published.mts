// Signatures in the vendor's public pages and samples. Some programs send them as constants.

export const PUBLISHED: ReadonlySet<string> = new Set([
  'MC6dKW278tBef+AuqL/5rW2K3WgOegF0ZHLW/FriZQw=',
  'dCUujUywtuu86CyoHkZZzBjLUAVC365e6PLaa4UYwqM=',
  'zzXQ/vUshAV32utYyzmNLfwOuGKZbu5H6Fh4S7I3nos=',
  'y4aNr2cuSuaX2fCsfXMVopqvaZtx9MKHCcsF73fHxvc=',
  'IdYPu1czdJfCvRoG4eZLydirO/a+pOUqWmhJBUu0Ktk=',
  'I/EzGL4m0Bxu9OHW45iW/jVrOej8tEqfnDEplyVeVTc=',
  'Fsn/3iuQole5Ka30N0QW1Dku/YwCZqh8gWFtX2MNNtE=',
  'wo5+U7VRdl7cObpBh704x8cvKVKFThMdFfWE9j59UQE=',
])
