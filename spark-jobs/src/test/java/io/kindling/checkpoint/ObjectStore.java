package io.kindling.checkpoint;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Abortable;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * Behaves as S3A does, in memory: an object appears when its stream is closed, an aborted one
 * never, and there is no rename. A bucket lives as long as the test's process.
 */
public final class ObjectStore extends FileSystem {
  private static final Map<String, ConcurrentSkipListMap<String, byte[]>> BUCKETS =
      new ConcurrentHashMap<>();

  private URI uri = URI.create("s3a://none");

  /** A configuration in which {@code s3a} is this store. */
  public static Configuration configuration() {
    Configuration hadoop = new Configuration(false);
    hadoop.set("fs.s3a.impl", ObjectStore.class.getName());
    return hadoop;
  }

  private ConcurrentSkipListMap<String, byte[]> bucket() {
    return BUCKETS.computeIfAbsent(uri.getAuthority(), name -> new ConcurrentSkipListMap<>());
  }

  @Override
  public void initialize(URI name, Configuration hadoop) throws IOException {
    super.initialize(name, hadoop);
    uri = URI.create(name.getScheme() + "://" + name.getAuthority());
    setConf(hadoop);
  }

  @Override
  public URI getUri() {
    return uri;
  }

  private String key(Path path) {
    return makeQualified(path).toUri().getPath();
  }

  private static final class Upload extends ByteArrayOutputStream
      implements Abortable, StreamCapabilities {
    private final Map<String, byte[]> bucket;
    private final String key;
    private boolean done;

    Upload(Map<String, byte[]> bucket, String key) {
      this.bucket = bucket;
      this.key = key;
    }

    @Override
    public void close() {
      if (!done) {
        bucket.put(key, toByteArray());
      }
      done = true;
    }

    @Override
    public AbortableResult abort() {
      done = true;
      return new AbortableResult() {
        @Override
        public boolean alreadyClosed() {
          return false;
        }

        @Override
        public IOException anyCleanupException() {
          return null;
        }
      };
    }

    @Override
    public boolean hasCapability(String capability) {
      return capability.equals(StreamCapabilities.ABORTABLE_STREAM);
    }
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    if (!overwrite && bucket().containsKey(key(path))) {
      throw new FileAlreadyExistsException(path + " already exists");
    }
    OutputStream out = new Upload(bucket(), key(path));
    return new FSDataOutputStream(out, null);
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    byte[] object = bucket().get(key(path));
    if (object == null) {
      throw new FileNotFoundException("No such file or directory: " + path);
    }
    return new FSDataInputStream(new Reading(object));
  }

  private static final class Reading extends FSInputStream {
    private final byte[] object;
    private InputStream in;
    private long position;

    Reading(byte[] object) {
      this.object = object;
      this.in = new ByteArrayInputStream(object);
    }

    @Override
    public void seek(long to) {
      in = new ByteArrayInputStream(object, (int) to, object.length - (int) to);
      position = to;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public boolean seekToNewSource(long target) {
      return false;
    }

    @Override
    public int read() throws IOException {
      int value = in.read();
      position += value < 0 ? 0 : 1;
      return value;
    }
  }

  @Override
  public FSDataOutputStream append(Path path, int bufferSize, Progressable progress) {
    throw new UnsupportedOperationException("an object cannot be appended to");
  }

  @Override
  public boolean rename(Path from, Path to) {
    throw new UnsupportedOperationException("an object store cannot rename");
  }

  @Override
  public boolean delete(Path path, boolean recursive) {
    String key = key(path);
    boolean one = bucket().remove(key) != null;
    return bucket().keySet().removeIf(name -> name.startsWith(key + "/")) || one;
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    getFileStatus(path);
    String prefix = key(path) + "/";
    Set<String> names = new LinkedHashSet<>();
    for (String name : bucket().tailMap(prefix).keySet()) {
      if (name.startsWith(prefix)) {
        names.add(name.substring(prefix.length()).replaceFirst("/.*", ""));
      }
    }
    FileStatus[] found = new FileStatus[names.size()];
    int i = 0;
    for (String name : names) {
      found[i++] = getFileStatus(new Path(path, name));
    }
    return found;
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    byte[] object = bucket().get(key(path));
    if (object != null) {
      return new FileStatus(object.length, false, 1, 1, 0, makeQualified(path));
    }
    String next = bucket().ceilingKey(key(path) + "/");
    if (next != null && next.startsWith(key(path) + "/")) {
      return new FileStatus(0, true, 1, 1, 0, makeQualified(path));
    }
    throw new FileNotFoundException("No such file or directory: " + path);
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) {
    return true;
  }

  @Override
  public void setWorkingDirectory(Path path) {
    throw new UnsupportedOperationException("there is no working directory");
  }

  @Override
  public Path getWorkingDirectory() {
    return new Path(uri + "/");
  }
}
