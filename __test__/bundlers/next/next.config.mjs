/**
 * Settings of an application that calls EPS from its server: the package stays external, and is copied with the output.
 */
const external = {
  output: 'standalone',
  serverExternalPackages: ['eko-eps'],
  outputFileTracingIncludes: { '/*': ['./node_modules/@eko-eps/**/*'] },
}

export default process.env.EXTERNAL === '1' ? external : {}
