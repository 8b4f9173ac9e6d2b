package io.kindling.source;

/** A part of the examples. */
public enum Split {
  TRAIN,
  TEST
}
