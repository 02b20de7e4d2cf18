// A TCP server that names both ports of each connection, and answers.
const net = require('node:net')
const port = Number(process.argv[2] ?? 3000)
const reply = process.argv[3] ?? 'hi'

const server = net.createServer((socket) => {
  console.log('my port', socket.localPort, 'client port', socket.remotePort)
  socket.on('data', () => socket.write(reply + '\n'))
  socket.on('error', (error) => console.log(error.code))
})

server.on('error', (error) => console.log('cannot listen:', error.code))
server.listen(port, 'localhost', () => {
  console.log('process', process.pid, 'listens on port', port)
})
