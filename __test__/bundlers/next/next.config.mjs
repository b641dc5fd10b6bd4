/** What an application that calls EPS from its server says: the package stays outside, and travels with the output. */
const external = {
  output: 'standalone',
  serverExternalPackages: ['eko-eps'],
  outputFileTracingIncludes: { '/*': ['./node_modules/@eko-eps/**/*'] },
}

export default process.env.EXTERNAL === '1' ? external : {}
