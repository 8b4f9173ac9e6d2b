package io.kindling.failure;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A row of the table: what was thrown, how the command ends, what to do.
 *
 * @param types names of classes, any of which or of whose subclasses this is about; names, because
 *     a file system's classes are not always here
 * @param said what its message holds
 * @param remedy what the message of a class that is not ours cannot say; may be empty
 */
record Cause(List<String> types, Pattern said, Ending ending, String remedy) {
  static Cause of(Ending ending, String remedy, String said, String... types) {
    return new Cause(List.of(types), Pattern.compile(said, Pattern.DOTALL), ending, remedy);
  }

  static Cause of(Ending ending, Class<?>... types) {
    List<String> names = List.of(types).stream().map(Class::getName).toList();
    return new Cause(names, Pattern.compile(""), ending, "");
  }

  boolean fits(Thrown thrown) {
    return thrown.isAny(types) && said.matcher(thrown.message()).find();
  }
}
