package io.kindling.train;

import java.io.IOException;

/** A run was asked to stop and did, with a checkpoint: the same command goes on from there. */
public final class StoppedException extends IOException {
  private static final long serialVersionUID = 1L;

  StoppedException(String message) {
    super(message);
  }
}
