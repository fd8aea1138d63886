"""clickhouse-connect against the endpoint: one line of JSON for each way of compression."""

import datetime
import json
import sys

import clickhouse_connect

port, all_types = int(sys.argv[1]), sys.argv[2]
LOGIN = {"host": "127.0.0.1", "port": port, "username": "alpha", "password": "key-alpha", "database": "omnify"}


def code_of(ask):
    try:
        ask()
        return "none"
    except Exception as error:  # what is raised is what is looked at
        return str(error)


for compress in (False, "lz4", "zstd", "gzip"):
    client = clickhouse_connect.get_client(compress=compress, **LOGIN)
    types = client.query(all_types)
    numbers = client.query("SELECT arrayJoin(range(100000)) AS n, repeat(toString(n), 3) AS s")
    columns = numbers.result_columns
    hostile = {"s": "it's \\ \t x", "xs": ["a'b", "\\"], "t": datetime.datetime(2025, 1, 2, 3, 4, 5)}
    told = {
        "way": compress,
        "version": client.server_version,
        "tables": [name for (name,) in client.query("SHOW TABLES").result_rows],
        "columns": client.query("DESCRIBE TABLE orders").result_rows[:2],
        "orders": client.query("SELECT order_id, total_micros FROM omnify.orders WHERE total_micros > 5 ORDER BY 1").result_rows,
        "database": client.command("SELECT currentDatabase()"),
        "exists": client.command("EXISTS TABLE orders"),
        "types": {name: str(value) for name, value in zip(types.column_names, types.result_rows[0])},
        "params": client.query("SELECT {s:String} AS s, {xs:Array(String)} AS xs, {t:DateTime} AS t", parameters=hostile).result_rows,
        "large": [len(columns[0]), sum(columns[0]), all(str(n) * 3 == s for n, s in zip(*columns))],
        "settings": client.query("SELECT 1", settings={"max_threads": 64, "readonly": 0, "max_execution_time": 9999}).result_rows,
        "error": code_of(lambda: client.query("SELECT nope FROM orders")),
        "file": code_of(lambda: client.query("SELECT file('/etc/passwd')")),
    }
    client.close()
    print(json.dumps(told, default=str))
