package io.kindling.conf;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Hides what must not be printed, logged or written. */
public final class Secrets {
  private static final String MASK = "***";

  private static final String KEY = "(?:secret|password|token|access[_.-]?key|secret[_.-]?key)";

  /** The last word decides: {@code hf_token} is a secret, {@code num_tokens} is not. */
  private static final Pattern SECRET_KEY = Pattern.compile(".*" + KEY);

  private static final Pattern URI_CREDENTIALS =
      Pattern.compile("(?<=://)[^/@\\s]*:[^/@\\s]*(?=@)");

  /** Such as {@code my.secret_key=x} and {@code {token: x}}. */
  private static final Pattern SETTING =
      Pattern.compile(
          "(?i)(\\b[\\w.-]*KEY[\"']?\\s*=\\s*|[{,]\\s*[\"']?[\\w.-]*KEY[\"']?\\s*:\\s*)"
                  .replace("KEY", KEY)
              + "(?:\"[^\"]*\"|'[^']*'|[^\\s,;}\\])]+?(?=:?(?:[\\s,;}\\])]|$)))");

  private Secrets() {}

  /** A copy of a tree with the values of secret keys and the credentials in URIs masked. */
  static Map<String, Object> mask(Map<String, Object> tree) {
    Map<String, Object> result = new LinkedHashMap<>();
    tree.forEach((key, value) -> result.put(key, isSecret(key) ? MASK : maskValue(value)));
    return result;
  }

  /** A text with the credentials in its URIs and the values of its secret keys masked. */
  public static String masked(String text) {
    String uris = URI_CREDENTIALS.matcher(text).replaceAll(MASK);
    return SETTING.matcher(uris).replaceAll("$1" + MASK);
  }

  static boolean isSecret(String key) {
    return SECRET_KEY.matcher(key.toLowerCase(Locale.ROOT)).matches();
  }

  private static Object maskValue(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> typed = new LinkedHashMap<>();
      map.forEach((key, item) -> typed.put(key.toString(), item));
      return mask(typed);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(item -> maskValue(item)).toList();
    }
    return value instanceof String text ? masked(text) : value;
  }
}
