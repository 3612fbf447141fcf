;; CRC-64/NVME over a block of memory, sixteen bytes a step ("slicing by 16").
;; Memory: 0..32767 sixteen tables of 256 64-bit entries, made by the JavaScript side; from 32768 on, the data.
;; Table t at entry b holds the CRC of byte b followed by t zero bytes.
(module
  (memory (export "memory") 3)
  (func $entry (param $word i64) (param $shift i64) (param $table i32) (result i64)
    (i64.load
      (i32.add
        (local.get $table)
        (i32.shl
          (i32.wrap_i64 (i64.and (i64.shr_u (local.get $word) (local.get $shift)) (i64.const 255)))
          (i32.const 3)))))

  ;; The tables of the eight bytes of one word; the first byte has the most zero bytes behind it.
  (func $eight (param $word i64) (param $table i32) (result i64)
    (i64.xor
      (i64.xor
        (i64.xor
          (call $entry (local.get $word) (i64.const 0) (i32.add (local.get $table) (i32.const 14336)))
          (call $entry (local.get $word) (i64.const 8) (i32.add (local.get $table) (i32.const 12288))))
        (i64.xor
          (call $entry (local.get $word) (i64.const 16) (i32.add (local.get $table) (i32.const 10240)))
          (call $entry (local.get $word) (i64.const 24) (i32.add (local.get $table) (i32.const 8192)))))
      (i64.xor
        (i64.xor
          (call $entry (local.get $word) (i64.const 32) (i32.add (local.get $table) (i32.const 6144)))
          (call $entry (local.get $word) (i64.const 40) (i32.add (local.get $table) (i32.const 4096))))
        (i64.xor
          (call $entry (local.get $word) (i64.const 48) (i32.add (local.get $table) (i32.const 2048)))
          (call $entry (local.get $word) (i64.const 56) (local.get $table))))))

  ;; Goes on from $crc over $length bytes at 32768.
  (func (export "update") (param $crc i64) (param $length i32) (result i64)
    (local $at i32) (local $end i32)
    (local.set $at (i32.const 32768))
    (local.set $end (i32.add (i32.const 32768) (local.get $length)))
    (block $tail
      (loop $wide
        (br_if $tail (i32.gt_u (i32.add (local.get $at) (i32.const 16)) (local.get $end)))
        (local.set $crc
          (i64.xor
            (call $eight (i64.xor (i64.load (local.get $at)) (local.get $crc)) (i32.const 16384))
            (call $eight (i64.load offset=8 (local.get $at)) (i32.const 0))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $wide)))
    (block $done
      (loop $narrow
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $crc
          (i64.xor
            (i64.shr_u (local.get $crc) (i64.const 8))
            (i64.load
              (i32.shl
                (i32.and
                  (i32.xor (i32.wrap_i64 (local.get $crc)) (i32.load8_u (local.get $at)))
                  (i32.const 255))
                (i32.const 3)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $narrow)))
    (local.get $crc)))
