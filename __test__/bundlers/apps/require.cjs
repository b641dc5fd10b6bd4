const { EkoClient } = require('eko-eps')

console.log(JSON.stringify({ seen: typeof EkoClient }))
