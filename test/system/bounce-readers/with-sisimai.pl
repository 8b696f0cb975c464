# Prints what Sisimai finds in each file: {file: {"failed": [...], "delayed": [...]}}.
use strict;
use warnings;
use JSON::PP;
use Sisimai;

my %found;
for my $path (@ARGV) {
    my (@failed, @delayed);
    for my $one (@{ Sisimai->make($path, delivered => 0) // [] }) {
        my $to = $one->action eq 'delayed' ? \@delayed : \@failed;
        push @$to, $one->recipient->address;
    }
    $found{$path} = { failed => [sort @failed], delayed => [sort @delayed] };
}
print encode_json(\%found);
