package orders;

import java.util.Locale;
import org.apache.flink.table.functions.ScalarFunction;

/** The structured creditor reference of an order (ISO 11649): RF, two check digits and the order's id. */
public class CreditorReference extends ScalarFunction {
    private static final String ID = "[0-9A-Za-z]{1,21}";

    /** Returns null for an id that no reference can hold. */
    public String eval(String orderId) {
        if (orderId == null || !orderId.matches(ID)) {
            return null;
        }
        String id = orderId.toUpperCase(Locale.ROOT);
        String checked = id.concat("RF00");
        int remainder = 0;
        for (int at = 0; at < checked.length(); at++) {
            int digit = Character.digit(checked.charAt(at), 36);
            remainder = (remainder * (digit < 10 ? 10 : 100) + digit) % 97;
        }
        int check = 98 - remainder;
        return "RF".concat(check < 10 ? "0" : "").concat(String.valueOf(check)).concat(id);
    }
}
