// clickhouse-go over HTTP, as Grafana's plugin uses it, against the endpoint: one line of JSON for each way of compression.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

var ways = map[string]clickhouse.CompressionMethod{
	"none": clickhouse.CompressionNone,
	"gzip": clickhouse.CompressionGZIP,
	"lz4":  clickhouse.CompressionLZ4,
	"zstd": clickhouse.CompressionZSTD,
}

func main() {
	for way, method := range ways {
		told, err := tell(way, method)
		if err != nil {
			fmt.Fprintln(os.Stderr, way, err)
			os.Exit(1)
		}
		line, err := json.Marshal(told)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
}

func tell(way string, method clickhouse.CompressionMethod) (map[string]any, error) {
	connection, err := clickhouse.Open(&clickhouse.Options{
		Addr:        []string{"127.0.0.1:" + os.Args[1]},
		Protocol:    clickhouse.HTTP,
		Auth:        clickhouse.Auth{Database: "omnify", Username: "alpha", Password: "key-alpha"},
		Settings:    clickhouse.Settings{"max_execution_time": 9999, "max_threads": 64},
		Compression: &clickhouse.Compression{Method: method, Level: 3},
	})
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	ctx := context.Background()
	if err := connection.Ping(ctx); err != nil {
		return nil, err
	}
	version, err := connection.ServerVersion()
	if err != nil {
		return nil, err
	}
	told := map[string]any{"way": way, "version": version.Version.String(), "name": version.DisplayName}
	questions := map[string]string{
		"tables":  "SELECT name FROM system.tables WHERE database = 'omnify'",
		"columns": "SELECT name, type FROM system.columns WHERE table = 'orders' ORDER BY position LIMIT 2",
		"orders":  "SELECT order_id, total_micros FROM omnify.orders WHERE total_micros > 5 ORDER BY 1",
		"types":   os.Args[2],
	}
	for name, sql := range questions {
		if told[name], err = rowsOf(connection.Query(ctx, sql)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	named := clickhouse.Named("s", "it's \\ \t x")
	if told["params"], err = rowsOf(connection.Query(ctx, "SELECT {s:String} AS s", named)); err != nil {
		return nil, err
	}
	large, err := connection.Query(ctx, "SELECT arrayJoin(range(100000)) AS n, repeat(toString(n), 3) AS s")
	if err != nil {
		return nil, err
	}
	count, sum, right := 0, uint64(0), true
	for large.Next() {
		var n uint32
		var s string
		if err := large.Scan(&n, &s); err != nil {
			return nil, err
		}
		count, sum, right = count+1, sum+uint64(n), right && s == strings.Repeat(fmt.Sprint(n), 3)
	}
	told["large"] = fmt.Sprint(count, sum, right, large.Err())
	_, err = rowsOf(connection.Query(ctx, "SELECT nope FROM orders"))
	told["error"] = fmt.Sprint(err)
	return told, nil
}

func rowsOf(rows driver.Rows, err error) ([]map[string]any, error) {
	if err != nil {
		return nil, err
	}
	all := []map[string]any{}
	for rows.Next() {
		values := make([]any, len(rows.Columns()))
		for at, column := range rows.ColumnTypes() {
			values[at] = reflect.New(column.ScanType()).Interface()
		}
		if err := rows.Scan(values...); err != nil {
			return nil, err
		}
		row := map[string]any{}
		for at, name := range rows.Columns() {
			row[name] = plain(reflect.ValueOf(values[at]))
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// plain follows pointers to the value, or to nothing, and writes it as a text.
func plain(value reflect.Value) any {
	for value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface {
		if value.IsNil() {
			return nil
		}
		if _, isStringer := value.Interface().(fmt.Stringer); isStringer && value.Elem().Kind() != reflect.Pointer {
			break
		}
		value = value.Elem()
	}
	if value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Pointer {
		texts := []any{}
		for at := range value.Len() {
			texts = append(texts, plain(value.Index(at)))
		}
		return fmt.Sprint(texts)
	}
	return fmt.Sprint(value.Interface())
}
