/* The checks of drivers.sh with JDBC. Argument: the URL of the database. */

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.UUID;

public class Drivers
{
	private static final Object[][] CHECKS = {
		{"ints @> ?", 42, "true"},
		{"ints @> ?", 42L, "true"},
		{"ints @> ?", 4242L, "false"},
		{"ints @> ?", new BigDecimal("42"), "true"},
		{"ints @> ?", new BigDecimal("42.00"), "true"},
		{"ints @> ?", new BigDecimal("42.5"), "false"},
		{"ints @> ?", 42.0, "true"},
		{"ints @> ?", "42", "true"},
		{"ints @> ?", LocalDate.of(2024, 1, 15), "an error"},
		{"quarters @> ?", new BigDecimal("0.25"), "true"},
		{"pages @> ?", "page 7", "true"},
		{"days @> ?", LocalDate.of(2024, 1, 15), "true"},
		{"days @> ?", LocalDate.of(2023, 1, 15), "false"},
		{"days @> ?", LocalDateTime.of(2024, 1, 15, 0, 0), "true"},
		{"moments @> ?", OffsetDateTime.parse("2024-01-01T01:05:00Z"), "true"},
		{"ids @> ?", UUID.fromString("c4ca4238-a0b9-2382-0dcc-509a6f75849b"), "true"},
		{"cms_frequency(digits, ?) = 100", 7, "true"},
		{"cms_frequency(digits, ?) = 100", new BigDecimal("7"), "true"},
	};

	private static String answer(Connection connection, String expression, Object value)
	{
		try (PreparedStatement query = connection.prepareStatement("SELECT " + expression + " FROM seen"))
		{
			query.setObject(1, value);
			ResultSet row = query.executeQuery();
			row.next();
			return String.valueOf(row.getBoolean(1));
		}
		catch (SQLException e)
		{
			return "an error";
		}
	}

	public static void main(String[] arguments) throws SQLException
	{
		int passed = 0, failed = 0;

		try (Connection connection = DriverManager.getConnection(arguments[0]))
		{
			for (Object[] check : CHECKS)
			{
				String got = answer(connection, (String) check[0], check[1]);

				if (got.equals(check[2]))
					passed++;
				else
				{
					failed++;
					System.out.println("not ok: JDBC: " + check[0] + " with " + check[1] + ": " + got + ", not " + check[2]);
				}
			}
		}
		System.out.println("tally: " + passed + " " + failed);
	}
}
