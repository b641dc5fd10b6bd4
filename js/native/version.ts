/** Version of this package. The native module must have the same version. */
export const VERSION = '0.1.0'
