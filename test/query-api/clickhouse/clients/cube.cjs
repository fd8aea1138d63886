// Cube's driver against the endpoint: one line of JSON for each way of compression.
const { join } = require('node:path')

const [home, port, allTypes] = process.argv.slice(2)

async function main() {
  for (const way of [false, true]) {
    process.env.CUBEJS_DB_CLICKHOUSE_COMPRESSION = String(way)
    const { ClickHouseDriver } = require(join(home, 'node_modules', '@cubejs-backend', 'clickhouse-driver'))
    const login = { host: '127.0.0.1', port, username: 'alpha', password: 'key-alpha', database: 'omnify' }
    const driver = new ClickHouseDriver(login)
    await driver.testConnection()
    const schema = await driver.tablesSchema()
    const stream = await driver.stream(
      'SELECT order_id, total_micros FROM orders WHERE total_micros > 5 ORDER BY 1',
      [],
      {
        highWaterMark: 10,
      },
    )
    const streamed = []
    for await (const row of stream.rowStream) streamed.push(row)
    await stream.release()
    const large = await driver.query('SELECT arrayJoin(range(100000)) AS n, repeat(toString(n), 3) AS s', [])
    const told = {
      way,
      tables: (await driver.getTablesForSpecificSchemas([{ schema_name: 'omnify' }])).map((table) => table.table_name),
      columns: schema.omnify.orders.filter(({ name }) => name === 'order_id' || name === 'customer_id'),
      orders: await driver.query('SELECT order_id, total_micros FROM orders WHERE order_id = ?', ['order o1']),
      column_types: await driver.queryColumnTypes('SELECT order_id, total_micros FROM orders', []),
      types: (await driver.query(allTypes, []))[0],
      stream: { types: stream.types, rows: streamed },
      large: [large.length, large.every(({ n, s }) => String(n).repeat(3) === s)],
      error: await driver.query('SELECT nope FROM orders', []).then(
        () => 'none',
        (error) => error.message,
      ),
    }
    await driver.release()
    console.log(JSON.stringify(told))
  }
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
