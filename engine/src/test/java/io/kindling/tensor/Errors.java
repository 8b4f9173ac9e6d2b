package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** Asserts what an error says. */
final class Errors {
  private Errors() {}

  static void assertError(Class<? extends Throwable> type, String text, Executable code) {
    Throwable e = assertThrows(type, code);
    assertTrue(
        String.valueOf(e.getMessage()).contains(text),
        () -> "expected the message to contain\n  " + text + "\nbut it is\n  " + e.getMessage());
  }
}
