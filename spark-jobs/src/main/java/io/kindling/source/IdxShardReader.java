package io.kindling.source;

import io.kindling.core.DataException;
import io.kindling.data.Idx;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Reads the part of two IDX files that some shards own. A plain file is read from where the part
 * begins; a gzip file has to be inflated from its start, which is done once a partition, as a
 * stream. Whoever owns the last example reads on to the end and checks it.
 *
 * @param images path of the images, qualified
 * @param labels path of the labels, qualified
 * @param fileCount how many examples the files hold, used or not
 */
record IdxShardReader(String images, String labels, int fileCount) implements ShardReader {
  @Override
  public List<String> files() {
    return List.of(images, labels);
  }

  @Override
  public List<PackedShard> read(ShardPlan plan, int first, int end, Configuration hadoop)
      throws IOException {
    int from = Math.toIntExact(plan.firstExample(first));
    int[] sizes = new int[end - first];
    int to = from;
    for (int shard = first; shard < end; shard++) {
      sizes[shard - first] = plan.size(shard);
      to += plan.size(shard);
    }
    List<byte[]> labelParts;
    List<byte[]> imageParts;
    int[] shape;
    try (Idx.Reader reader = Idx.openLabels(open(labels, hadoop), labels)) {
      labelParts = parts(reader, labels, from, to, sizes);
    } catch (DataException e) {
      throw e.in(labels);
    }
    try (Idx.Reader reader = Idx.openImages(open(images, hadoop), images)) {
      shape = reader.shape();
      imageParts = parts(reader, images, from, to, sizes);
    } catch (DataException e) {
      throw e.in(images);
    }
    int[] exampleShape = java.util.Arrays.copyOfRange(shape, 1, shape.length);
    List<PackedShard> shards = new ArrayList<>(sizes.length);
    for (int i = 0; i < sizes.length; i++) {
      int[] classes = widen(labelParts.get(i));
      shards.add(new PackedShard(first + i, sizes[i], exampleShape, imageParts.get(i), classes));
    }
    return shards;
  }

  private List<byte[]> parts(Idx.Reader reader, String name, int from, int to, int[] sizes)
      throws IOException {
    if (reader.count() != fileCount) {
      throw new DataException(
          String.format(
              "%s: the file changed while it was in use: it held %d examples, now %d",
              name, fileCount, reader.count()));
    }
    reader.skip(from);
    List<byte[]> parts = new ArrayList<>(sizes.length);
    for (int size : sizes) {
      parts.add(reader.next(size));
    }
    if (to == fileCount) {
      reader.finish();
    }
    return parts;
  }

  private static InputStream open(String file, Configuration hadoop) throws IOException {
    Path path = new Path(file);
    return path.getFileSystem(hadoop).open(path);
  }

  private static int[] widen(byte[] labels) {
    int[] classes = new int[labels.length];
    for (int i = 0; i < labels.length; i++) {
      classes[i] = labels[i] & 0xFF;
    }
    return classes;
  }
}
