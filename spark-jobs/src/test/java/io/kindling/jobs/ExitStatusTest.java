package io.kindling.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The exception that sets spark-submit's status")
class ExitStatusTest {
  private static final Throwable CAUSE = new IllegalArgumentException("odd");

  /** As in Spark 4.0. */
  public static final class OfStatus extends Exception {
    private static final long serialVersionUID = 1L;
    final int status;

    public OfStatus(int status) {
      this.status = status;
    }
  }

  /** As since Spark 4.1. */
  public static final class OfStatusAndCause extends Exception {
    private static final long serialVersionUID = 1L;
    final int status;

    public OfStatusAndCause(int status, Throwable cause) {
      super(cause);
      this.status = status;
    }
  }

  @Test
  @DisplayName("is made by the constructor of Spark 4.0 and by that of later versions")
  void bothConstructors() {
    assertEquals(65, ExitStatus.of(OfStatus.class, 65, CAUSE).status);
    OfStatusAndCause later = ExitStatus.of(OfStatusAndCause.class, 66, CAUSE);
    assertEquals(66, later.status);
    assertSame(CAUSE, later.getCause());
    assertEquals(75, ExitStatus.of(75, CAUSE).exitCode());
  }

  @Test
  @DisplayName("is named where it has neither constructor")
  void neither() {
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> ExitStatus.of(Exception.class, 65, CAUSE));
    assertEquals(
        "class java.lang.Exception has no constructor that takes an exit status", e.getMessage());
  }
}
