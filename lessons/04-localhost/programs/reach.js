// Two servers in one program. Which one can a phone reach?
// Run: node reach.js 3000 3001
const net = require('net')
const first = Number(process.argv[2] || 3000)
const second = Number(process.argv[3] || first + 1)

const inside = net.createServer((socket) => socket.pipe(socket))
const outside = net.createServer((socket) => socket.pipe(socket))

inside.listen(first, 'localhost', () => {
  console.log('only this machine:', inside.address())
})
outside.listen(second, () => {
  console.log('every address:', outside.address())
})
for (const server of [inside, outside]) {
  server.on('error', (error) => console.log('cannot listen:', error.code))
}
