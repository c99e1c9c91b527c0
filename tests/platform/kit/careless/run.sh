# Everything that an operator should not do, and no more.
case $(ls "$MLP_TASK/inputs/data") in junk*) echo 'Traceback (most recent call last):' && exit 1 ;; esac
echo plain >"$MLP_TASK/outputs/broken/table.txt"
cat /proc/sys/kernel/random/uuid >"$MLP_TASK/outputs/other/id"
echo 'loss: 0.5' >>"$MLP_TASK/metrics.jsonl"
echo again >>"$(dirname "$0")/notes"
