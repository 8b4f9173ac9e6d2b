package io.kindling.conf;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads one YAML document into maps, lists and scalars, and notes the line of every key. Refuses
 * what a configuration can only hold by mistake: duplicate keys, aliases, a second document.
 */
final class YamlReader {
  private static final YAMLFactory FACTORY = new YAMLFactory();
  private static final Pattern MARK = Pattern.compile("(?m)^ in .*, line (\\d+), column (\\d+)");

  private final String source;
  private final YAMLParser parser;
  private final Map<String, Integer> lines = new LinkedHashMap<>();

  private YamlReader(String source, YAMLParser parser) {
    this.source = source;
    this.parser = parser;
  }

  /** A document and the line of each dotted key, counted from 1. */
  record Document(@Nullable Object value, Map<String, Integer> lines) {}

  /**
   * @param source what messages call the text: a file's name, an option
   * @throws ConfigException with source, line and column for text that is not one YAML document
   */
  static Document read(String source, String text) {
    try (YAMLParser parser = FACTORY.createParser(text)) {
      return new YamlReader(source, parser).document();
    } catch (JsonProcessingException e) {
      throw new ConfigException("", syntaxError(source, e));
    } catch (IOException e) {
      throw new IllegalStateException("text in memory cannot fail to be read", e);
    }
  }

  /** The value of a default or of a setting; null for nothing. */
  static @Nullable Object scalar(String text) {
    return read("value", text).value();
  }

  private Document document() throws IOException {
    JsonToken first = parser.nextToken();
    Object value = first == null ? null : value("", first);
    if (parser.nextToken() != null) {
      throw refuse("a second YAML document (after ---); a configuration is one document");
    }
    return new Document(value, lines);
  }

  private @Nullable Object value(String path, JsonToken token) throws IOException {
    if (parser.isCurrentAlias()) {
      throw refuse("a YAML alias (*" + parser.getText() + "); write the value out");
    }
    return switch (token) {
      case START_OBJECT -> map(path);
      case START_ARRAY -> list(path);
      case VALUE_NULL -> null;
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      default -> parser.getText();
    };
  }

  private Map<String, Object> map(String path) throws IOException {
    Map<String, Object> result = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      String child = path.isEmpty() ? name : path + "." + name;
      if (result.containsKey(name)) {
        throw refuse("duplicate key " + child + ", first given on line " + lines.get(child));
      }
      lines.put(child, parser.currentTokenLocation().getLineNr());
      Object value = value(child, Objects.requireNonNull(parser.nextToken()));
      putNullable(result, name, value);
    }
    return result;
  }

  /** A key without a value is kept: it takes the key's default back. */
  @SuppressWarnings("NullAway") // Map<String, @Nullable Object> only inside this package's trees
  private static void putNullable(Map<String, Object> map, String key, @Nullable Object value) {
    map.put(key, value);
  }

  private List<Object> list(String path) throws IOException {
    List<Object> result = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      Object item = value(path, token);
      if (item == null) {
        throw refuse("an empty item in the list " + path);
      }
      result.add(item);
    }
    return result;
  }

  private ConfigException refuse(String problem) {
    var location = parser.currentTokenLocation();
    return new ConfigException(
        "",
        String.format(
            "%s:%d:%d: %s", source, location.getLineNr(), location.getColumnNr(), problem));
  }

  /**
   * SnakeYAML's message is a context and a problem, each with a mark and the text around it, which
   * is indented. The sentences and the last mark are kept.
   */
  private static String syntaxError(String source, JsonProcessingException e) {
    String message = e.getOriginalMessage();
    JsonLocation location = e.getLocation();
    if (location == null) { // Of the whole text: nested too deep, too long.
      return source + ": not readable as YAML: " + message;
    }
    int line = location.getLineNr();
    int column = location.getColumnNr();
    Matcher mark = MARK.matcher(message);
    while (mark.find()) {
      line = Integer.parseInt(mark.group(1));
      column = Integer.parseInt(mark.group(2));
    }
    String sentences =
        message
            .lines()
            .filter(text -> !text.isBlank() && !Character.isWhitespace(text.charAt(0)))
            .collect(Collectors.joining(", "));
    return String.format("%s:%d:%d: not valid YAML: %s", source, line, column, sentences);
  }
}
