// Two datagrams to one port of this machine. Run: node udp-client.js 3000
const dgram = require('dgram')
const port = Number(process.argv[2] || 3000)
const socket = dgram.createSocket('udp4')

socket.on('message', (data) => console.log('received:', data.toString()))
socket.on('error', (error) => {
  console.log('the system says:', error.code)
  clearTimeout(patience)
  socket.close()
})
const patience = setTimeout(() => socket.close(), 1000)

socket.connect(port, '127.0.0.1', () => {
  socket.send('one', told)
  socket.send('two', told)
})

function told(error, bytes) {
  console.log(error ? `send: ${error.code}` : `send: ${bytes} bytes taken`)
}
