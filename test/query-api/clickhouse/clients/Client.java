import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;

/** The JDBC driver against the endpoint: one line of JSON for each way of compression. Every value is a text. */
public class Client {
  public static void main(String[] args) throws Exception {
    for (String way : List.of("false", "true")) {
      Properties login = new Properties();
      login.setProperty("user", "alpha");
      login.setProperty("password", "key-alpha");
      login.setProperty("compress", way);
      try (Connection connection = DriverManager.getConnection("jdbc:ch:http://127.0.0.1:" + args[0] + "/omnify", login);
          Statement statement = connection.createStatement()) {
        System.out.println(object(
            "way", text(way),
            "version", text(connection.getMetaData().getDatabaseProductVersion()),
            "user", text(connection.getMetaData().getUserName()),
            "valid", text(connection.isValid(5)),
            metadata(connection.getMetaData()),
            "orders", rows(statement.executeQuery("SELECT order_id, total_micros FROM omnify.orders WHERE total_micros > 5 ORDER BY 1")),
            "types", rows(statement.executeQuery(args[1])),
            "large", large(statement),
            "params", params(connection),
            "set", text(statement.execute("SET max_threads = 64")),
            "error", error(statement, "SELECT nope FROM orders"),
            "insert", error(statement, "INSERT INTO orders VALUES (1)")));
      }
    }
  }

  static String metadata(DatabaseMetaData told) throws SQLException {
    return join(
        "schemas", column(told.getSchemas(), "TABLE_SCHEM"),
        "tables", column(told.getTables(null, "omnify", "%", null), "TABLE_NAME"),
        "kinds", column(told.getTables(null, null, "orders", new String[] {"VIEW"}), "TABLE_TYPE"),
        "table_types", column(told.getTableTypes(), "TABLE_TYPE"),
        "columns", column(told.getColumns(null, "omnify", "orders", "%"), "COLUMN_NAME"),
        "column_types", column(told.getColumns(null, "omnify", "orders", "%"), "TYPE_NAME"),
        "keys", column(told.getPrimaryKeys(null, "omnify", "orders"), "COLUMN_NAME"),
        "type_names", column(told.getTypeInfo(), "TYPE_NAME"),
        "functions", column(told.getFunctions(null, null, "arrayMap"), "FUNCTION_NAME"));
  }

  static String large(Statement statement) throws SQLException {
    long count = 0;
    long sum = 0;
    boolean right = true;
    try (ResultSet rows = statement.executeQuery("SELECT arrayJoin(range(100000)) AS n, repeat(toString(n), 3) AS s")) {
      while (rows.next()) {
        count++;
        sum += rows.getLong(1);
        right &= rows.getString(2).equals(rows.getString(1).repeat(3));
      }
    }
    return text(count + " " + sum + " " + right);
  }

  static String params(Connection connection) throws SQLException {
    String sql = "SELECT order_id, total_micros, ? AS s FROM orders WHERE order_id = ? AND total_micros > ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, "it's \\ \t x");
      statement.setString(2, "order o1");
      statement.setLong(3, 5);
      return rows(statement.executeQuery());
    }
  }

  static String error(Statement statement, String sql) {
    try {
      statement.executeQuery(sql);
      return text("none");
    } catch (SQLException error) {
      return text(error.getMessage());
    }
  }

  static String column(ResultSet rows, String name) throws SQLException {
    List<String> values = new ArrayList<>();
    while (rows.next()) values.add(text(rows.getString(name)));
    return values.toString();
  }

  static String rows(ResultSet rows) throws SQLException {
    List<String> values = new ArrayList<>();
    int columns = rows.getMetaData().getColumnCount();
    while (rows.next()) {
      Object[] pairs = new Object[columns * 2];
      for (int at = 0; at < columns; at++) {
        pairs[at * 2] = rows.getMetaData().getColumnLabel(at + 1);
        pairs[at * 2 + 1] = text(rows.getObject(at + 1));
      }
      values.add(object(pairs));
    }
    return values.toString();
  }

  /** Pairs of name and value, or a part that was joined before. */
  static String join(Object... parts) {
    StringBuilder out = new StringBuilder();
    for (int at = 0; at < parts.length; at++) {
      if (out.length() > 0) out.append(", ");
      String part = String.valueOf(parts[at]);
      if (part.startsWith("\"")) out.append(part);
      else out.append(text(part)).append(": ").append(parts[++at]);
    }
    return out.toString();
  }

  static String object(Object... parts) {
    return "{" + join(parts) + "}";
  }

  static String text(Object value) {
    if (value == null) return "null";
    String plain = value instanceof java.sql.Array array ? array(array) : value instanceof Object[] list ? Arrays.deepToString(list) : String.valueOf(value);
    return "\"" + plain.replace("\\", "\\\\").replace("\"", "\\\"").replace("\t", "\\t").replace("\n", "\\n") + "\"";
  }

  static String array(java.sql.Array array) {
    try {
      return Arrays.deepToString((Object[]) array.getArray());
    } catch (SQLException error) {
      return error.getMessage();
    }
  }
}
