// An HTTP client that asks for one page.
const http = require('node:http')
const port = Number(process.argv[2] ?? 3000)

const options = {
  hostname: 'localhost',
  port,
  path: '/',
  method: 'GET',
}
const request = http.request(options, (response) => {
  console.log('status', response.statusCode)
  response.on('data', (data) => console.log(data.toString()))
})
request.on('error', (error) => console.log(error.code))
request.end()
