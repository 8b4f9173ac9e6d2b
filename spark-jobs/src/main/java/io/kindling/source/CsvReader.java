package io.kindling.source;

import io.kindling.core.DataException;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.jspecify.annotations.Nullable;

/** The lines of a CSV file one after another: values from 0 to 255, the label last. */
final class CsvReader implements Closeable {
  private final String file;
  private final BufferedReader lines;
  private int record = -1;
  private byte[] features = {};
  private int label;

  private CsvReader(String file, BufferedReader lines) {
    this.file = file;
    this.lines = lines;
  }

  /** Opens a file, compressed or not by what its name ends in. */
  static CsvReader open(String file, Configuration hadoop) throws IOException {
    Path path = new Path(file);
    InputStream in = path.getFileSystem(hadoop).open(path);
    @Nullable CompressionCodec codec = new CompressionCodecFactory(hadoop).getCodec(path);
    InputStream plain = codec == null ? in : codec.createInputStream(in);
    return new CsvReader(
        file, new BufferedReader(new InputStreamReader(plain, StandardCharsets.US_ASCII)));
  }

  /** Passes over records without looking into them. */
  void skip(long records) throws IOException {
    for (long i = 0; i < records; i++) {
      if (line() == null) {
        return;
      }
    }
  }

  /** Reads the next record; false at the end of the file. */
  boolean next() throws IOException {
    String line = line();
    if (line == null) {
      return false;
    }
    String[] fields = line.split(",", -1);
    if (fields.length < 2 || (features.length > 0 && fields.length != features.length + 1)) {
      throw bad(
          "has %d fields; expected %s",
          fields.length, features.length == 0 ? "values and a label" : features.length + 1);
    }
    features = new byte[fields.length - 1];
    for (int i = 0; i < features.length; i++) {
      features[i] = (byte) number(fields[i], i, 255);
    }
    label = number(fields[features.length], features.length, Integer.MAX_VALUE);
    return true;
  }

  private @Nullable String line() throws IOException {
    String line = lines.readLine();
    while (line != null && line.isBlank()) {
      line = lines.readLine();
    }
    record++;
    return line;
  }

  private int number(String field, int column, int most) {
    try {
      int value = Integer.parseInt(field.trim());
      if (value >= 0 && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // falls through to the error that names the place
    }
    throw bad(
        "holds '%s' in column %d; expected an integer from 0%s",
        field.trim(), column, most == 255 ? " to 255" : "");
  }

  private DataException bad(String what, Object... arguments) {
    return new DataException(
            String.format("%s: record %d %s", file, record, String.format(what, arguments)))
        .in(file, record);
  }

  /** Counted from 0; blank lines do not count. */
  int record() {
    return record;
  }

  byte[] features() {
    return features;
  }

  int label() {
    return label;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
