# Prints what Mail::DeliveryStatus::BounceParser finds in each file: {file: {"failed": [...], "delayed": [...]}}.
use strict;
use warnings;
use JSON::PP;
use Mail::DeliveryStatus::BounceParser;

my %found;
for my $path (@ARGV) {
    open my $file, '<:raw', $path or die "$path: $!";
    my $bounce = Mail::DeliveryStatus::BounceParser->new($file);
    my (@failed, @delayed);
    for my $report ($bounce->reports) {
        my $action = lc($report->get('action') // '');
        my $address = $report->get('email') // '';
        chomp($action, $address);
        push @failed, $address if $action eq 'failed';
        push @delayed, $address if $action eq 'delayed';
    }
    $found{$path} = { failed => [sort @failed], delayed => [sort @delayed] };
}
print encode_json(\%found);
