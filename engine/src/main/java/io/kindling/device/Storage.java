package io.kindling.device;

import io.kindling.core.MemoryException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A run of bytes on a device, shared by all views of a tensor. Released by the {@link Scope} that
 * was open when it was made, by {@link #close}, or, where neither happens, by the garbage
 * collector.
 */
public final class Storage implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  /** Holds the block so that the cleaner's action does not hold the storage. */
  private static final class Block implements Runnable {
    private final Memory memory;
    private final long bytes;

    /** Whose memory it is, held so that it stays; null where it is the memory's. */
    private final @Nullable Object owner;

    private long address;
    private volatile @Nullable PackedCopies packed;

    Block(Memory memory, long bytes, long address, @Nullable Object owner) {
      this.memory = memory;
      this.bytes = bytes;
      this.address = address;
      this.owner = owner;
    }

    synchronized void exchange(Block other) {
      long mine = address;
      address = other.address;
      other.address = mine;
    }

    synchronized PackedCopies packed() {
      PackedCopies copies = packed;
      if (copies == null) {
        copies = new PackedCopies(memory);
        packed = copies;
      }
      return copies;
    }

    void dropPacked() {
      PackedCopies copies = packed;
      if (copies != null) {
        copies.drop();
      }
    }

    /** The collector has found that nobody reaches the storage. */
    @Override
    public synchronized void run() {
      dropPacked();
      if (address != 0) {
        memory.giveShared(address, bytes);
        address = 0;
      }
    }

    synchronized void give() {
      if (address != 0 && owner == null) {
        memory.give(address, bytes);
      }
      address = 0;
    }
  }

  private final Memory memory;
  private final long bytes;
  private final Block block;
  private long address;
  private int version;
  private boolean settled;

  /** Saved tensors and gradients under way on this storage, and whether nobody else sees it. */
  private int holders;

  private boolean abandoned;

  private Storage(Memory memory, long bytes, Block block) {
    this.memory = memory;
    this.bytes = bytes;
    this.block = block;
    this.address = block.address;
  }

  /**
   * Uninitialised memory.
   *
   * @param asker named in the error if there is none left
   */
  public static Storage allocate(Memory memory, long bytes, String asker) {
    @Nullable Scope scope = Scope.current();
    Block block = new Block(memory, bytes, memory.take(bytes, asker), null);
    Storage storage = new Storage(memory, bytes, block);
    if (scope != null) {
      scope.adopt(storage);
    } else {
      storage.leaveToCollector();
    }
    return storage;
  }

  /**
   * The memory of a direct buffer, from its position to its limit. It stays the buffer's: no scope
   * releases it, and the buffer stays as long as the storage.
   */
  public static Storage over(ByteBuffer direct) {
    long address = Raw.address(direct) + direct.position();
    long bytes = direct.remaining();
    return new Storage(
        HostMemory.INSTANCE, bytes, new Block(HostMemory.INSTANCE, bytes, address, direct));
  }

  /** Whether it is a caller's memory, who may write to it unseen. */
  public boolean isForeign() {
    return block.owner != null;
  }

  /** Whether a write to one may change the other: a caller's memory may be under several. */
  public boolean overlaps(Storage other) {
    boolean foreign = isForeign() && other.isForeign();
    boolean meets = address < other.address + other.bytes && other.address < address + bytes;
    return this == other || (foreign && meets);
  }

  void leaveToCollector() {
    CLEANER.register(this, block);
    memory.leaveToCollector(bytes);
  }

  public Memory memory() {
    return memory;
  }

  public Device device() {
    return memory.device();
  }

  public long bytes() {
    return bytes;
  }

  /**
   * Where it begins, for kernels of its device.
   *
   * @throws MemoryException if the storage was released
   */
  public long address() {
    if (address == 0) {
      throw new MemoryException(
          "this tensor's memory was released when its Scope closed; call scope.keep(tensor) before"
              + " that, or read the value inside the scope (a gradient belongs to the Scope in which"
              + " backward ran)");
    }
    return address;
  }

  public boolean isReleased() {
    return address == 0;
  }

  /** Whether what lay in it provisionally lies in it row-major now. */
  public boolean isSettled() {
    return settled;
  }

  /**
   * Takes the content of {@code rows} of the same size, which holds the same elements row-major,
   * and closes it.
   */
  public void settle(Storage rows) {
    contentChanged();
    block.exchange(rows.block);
    address = block.address;
    settled = true;
    rows.close();
  }

  /** How often the content was changed in place; a saved tensor compares it. */
  public int version() {
    return version;
  }

  public void bumpVersion() {
    version++;
    contentChanged();
  }

  /**
   * Copies of the content in kernels' own formats.
   *
   * @throws MemoryException if the storage was released
   */
  public PackedCopies packed() {
    address();
    return block.packed();
  }

  /** The content is no longer what it was, whether or not that counts as a new version. */
  public void contentChanged() {
    block.dropPacked();
  }

  /** The graph saves a tensor on this storage, or has a gradient on it under way. */
  public void hold() {
    holders++;
  }

  /** Ends one {@link #hold}; the last one closes a storage that was abandoned. */
  public void letGo() {
    holders--;
    closeIfDead();
  }

  /**
   * Says that nobody but the graph sees this storage any more: it closes as soon as the graph has
   * let go of it. For what provably never left the engine's own code; Java counts no references.
   */
  public void abandon() {
    abandoned = true;
    closeIfDead();
  }

  /** Takes back {@link #abandon}: somebody is about to see it. */
  public void reclaim() {
    abandoned = false;
  }

  /** Whether it is abandoned and held once, so that the holder may do with it as it likes. */
  public boolean isHeldAlone() {
    return abandoned && holders == 1;
  }

  private void closeIfDead() {
    if (abandoned && holders <= 0) {
      close();
    }
  }

  /** Gives the memory back now. Any tensor on it is unusable afterwards and says so. */
  @Override
  public void close() {
    address = 0;
    block.dropPacked();
    block.give();
  }
}
