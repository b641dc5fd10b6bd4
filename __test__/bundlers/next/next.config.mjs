export default { serverExternalPackages: process.env.EXTERNAL === '1' ? ['eko-eps'] : [] }
