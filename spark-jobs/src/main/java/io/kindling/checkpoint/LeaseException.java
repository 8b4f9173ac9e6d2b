package io.kindling.checkpoint;

import java.io.IOException;

/** A directory is another's, or is not one's own any more; a later try may succeed. */
public final class LeaseException extends IOException {
  private static final long serialVersionUID = 1L;

  public LeaseException(String message) {
    super(message);
  }
}
