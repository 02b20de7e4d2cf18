// An HTTP server that logs each request. One line is missing.
const http = require('node:http')
const port = Number(process.argv[2] ?? 3000)

const server = http.createServer((request, response) => {
  console.log('request made:', request.method, request.url)
  response.statusCode = 200
  response.setHeader('Content-Type', 'text/plain')
})

server.on('error', (error) => console.log('cannot listen:', error.code))
server.listen(port, 'localhost', () => {
  console.log('listening on port', port)
})
