package io.kindling.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("reads what is logged")
class ScopeTest {
  private static void leaveOpen() {
    try (Scope outer = Scope.open()) {
      Scope.open();
      Scope.none();
    }
  }

  @Test
  @DisplayName("T03 scopes that were left open are reported once, by the place that opened one")
  void warnsOnce() {
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    PrintStream before = System.err;
    Scope.WARNED.set(false);
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      for (int i = 0; i < 3; i++) {
        leaveOpen();
      }
    } finally {
      System.setErr(before);
    }
    String text = log.toString(StandardCharsets.UTF_8);
    String place = "the Scope opened at io.kindling.device.ScopeTest.leaveOpen(ScopeTest.java:";
    assertTrue(text.contains(place), text);
    assertEquals(1, text.lines().filter(line -> line.contains("was not closed")).count(), text);
  }
}
