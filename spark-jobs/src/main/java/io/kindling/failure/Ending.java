package io.kindling.failure;

/**
 * How a command ended when it failed; in client mode the code is the process's exit status. The
 * codes are those of BSD's {@code sysexits.h}.
 */
public enum Ending {
  /** The command line itself is wrong. */
  USAGE(64, "wrong usage"),
  /** The data is there and cannot be used: truncated, malformed, out of range. */
  BAD_DATA(65, "bad data"),
  /** An input does not exist or may not be read. */
  INPUT_MISSING(66, "input missing"),
  /** A device, its library or its memory does not suffice. */
  NO_DEVICE(69, "device or service not available"),
  /** A fault of Kindling's or of the user's own code. */
  INTERNAL(70, "internal error"),
  /** The output exists, may not be written, or does not fit. */
  CANNOT_WRITE(73, "cannot write output"),
  /** The surroundings failed: the same command may well succeed later. */
  RETRY(75, "temporary failure, a retry is worthwhile"),
  /** The configuration is wrong, or the model does not fit the data. */
  BAD_CONFIG(78, "bad configuration");

  private final int code;
  private final String words;

  Ending(int code, String words) {
    this.code = code;
    this.words = words;
  }

  /** The exit status in client mode. */
  public int code() {
    return code;
  }

  /** In a few words, for people. */
  public String words() {
    return words;
  }
}
