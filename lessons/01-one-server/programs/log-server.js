// A TCP server that logs what arrives. It never sends anything.
const net = require('node:net')
const port = Number(process.argv[2] ?? 3000)

const server = net.createServer((socket) => {
  console.log('a client connected from port', socket.remotePort)
  socket.on('data', (data) => {
    console.log(data.length, 'bytes arrived:', data.toString())
  })
  socket.on('end', () => console.log('the client sends no more'))
  socket.on('error', (error) => console.log(error.code))
})

server.on('error', (error) => console.log('cannot listen:', error.code))
server.listen(port, 'localhost', () => {
  console.log('listening on port', port)
})
